"""FER+: the votes of ten taggers on every face of FER-2013, joined by the position of its row.

Source: Barsoum et al. 2016, "Training Deep Networks for Facial Expression Recognition with Crowd-Sourced Label
Distribution", arXiv 1608.01041; the file is fer2013new.csv of github.com/microsoft/FERPlus (MIT).
"""
