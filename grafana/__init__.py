"""Grafana boards, generated: `python -m grafana.build`."""
