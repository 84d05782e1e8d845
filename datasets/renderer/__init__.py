"""Draws the course's hands: a posed skeleton, a distance field, light, a camera.

Nothing here is imported by a lesson. `python -m datasets.renderer --help` lists the commands that
made `datasets/*.h5` and that make any other set.
"""
