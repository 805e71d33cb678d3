"""Probable label errors of Training, ranked from what networks say that never saw the face: `fer label-issues`.

Source: Northcutt et al. 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", arXiv 1911.00068.
"""
