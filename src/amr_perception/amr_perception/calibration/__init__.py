"""Calibration of cameras: intrinsics from a ChArUco board, the floor from surveyed points. Bad data is refused."""
