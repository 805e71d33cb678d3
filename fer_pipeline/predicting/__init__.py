"""The trained network in use: from a picture to the emotions of its faces, without a training framework.

`pictures` reads any picture as grey levels, `detection` finds faces, `crops` cuts them as FER-2013's are, `networks`
opens a model file, and `predictor` is all of it in one call.
"""
