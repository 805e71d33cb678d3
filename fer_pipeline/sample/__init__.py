"""Synthetic faces in the layout of fer2013.csv, drawn from action units: a data set for a machine without network."""

from fer_pipeline.sample.drawing import draw_faces
from fer_pipeline.sample.table import Sample, make_sample

__all__ = ["Sample", "draw_faces", "make_sample"]
