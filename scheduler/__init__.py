"""The scheduler: one leased leader that turns conditions into alerts, alerts into notices and orders, and plans into work."""
