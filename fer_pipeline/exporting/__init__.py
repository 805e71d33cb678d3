"""A trained network as files that need no training framework: ONNX and LiteRT, each with its card, each compared.

`networks` loads what Keras saved, `class_maps` adds the maps that its head allows, `onnx_export` and `litert_export`
convert, `comparison` says what conversion costs, `cards` fills the card, `files` writes all formats of one network,
`places` knows where a run keeps its predictions, and `entries` exports any network of a run.
"""
