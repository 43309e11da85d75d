"""The forms in which an edition can be read; `detect.read_edition` tells them apart."""
