"""Predictions of a network and the figures made from them."""
