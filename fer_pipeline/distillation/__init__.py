"""Distillation: a student learns from the ensemble's vote on each Training face, beside the label.

Source: Hinton, Vinyals, Dean 2015, "Distilling the knowledge in a neural network", arXiv 1503.02531.
"""
