"""MMCV 1.x."""
