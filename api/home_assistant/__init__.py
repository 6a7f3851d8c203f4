"""Readings in an existing Home Assistant: discovery, states and availability over MQTT. Only tells; takes no commands."""
