"""The site file: `load` turns site.yaml and its profiles into the domain's Site. Refuses, never repairs."""

from facility.site.loading import Loaded, load, load_with_texts

__all__ = ["Loaded", "load", "load_with_texts"]
