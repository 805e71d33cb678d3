"""A list of trainings on a machine that is lent for minutes: packed faces go there, results come back as they are made.

The machine has Python, Keras on JAX, numpy, pandas and OpenCV; TensorFlow, DVC and Prefect are not needed. What comes
back are imported runs and weights in float16, in few files of bounded size. docs/results.md goes through it.
"""
