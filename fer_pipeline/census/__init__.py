"""What is wrong with the faces as a whole: copies, near-copies and pictures that show no face.

A report over every usage, PrivateTest included. So its result is an output that only people and the report read: train,
balance and select never do, and verdicts come from `fer_pipeline.validation.findings`, where evidence runs one way.
"""
