"""`python -m fer_pipeline.sample OUT.png` writes the contact sheet of the synthetic faces."""

import sys

import cv2

from fer_pipeline.sample.contact_sheet import contact_sheet

if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("Usage: python -m fer_pipeline.sample OUT.png")
    cv2.imwrite(sys.argv[1], contact_sheet(seed=7), [cv2.IMWRITE_PNG_COMPRESSION, 9])
