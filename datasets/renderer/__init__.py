"""Draws the course's hands: a posed skeleton, a signed distance field, light and a camera.

No lesson imports this package. `python -m datasets.renderer --help` lists the commands that
made `datasets/*.h5` and that make any other set.
"""
