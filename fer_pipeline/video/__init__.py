"""The network on moving pictures: files (`making`) and cameras (`live`), a track a face, smoothed over time.

`reading` gives frames with their seconds, `searching` finds faces without searching every frame whole, `tracks` tells
them apart, `smoothing` calms what the network says, `analysis` is these four in one; `timeline` and `chart` show it,
`encoding` and `sound` make the mp4, `resuming` keeps what a kill would lose, `finishing` puts all in place. Of
cameras, `newest` gives the newest frame, `steady` looks at it, and `showing` shows it in a `window` or the terminal.
"""
