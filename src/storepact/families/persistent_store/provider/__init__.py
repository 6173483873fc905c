"""The stand-in for persistent store integrations: behaviour, choices and faults, unknown to the gate that judges it."""
