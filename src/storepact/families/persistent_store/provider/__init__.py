"""The mock's behaviour, choices and faults for persistent store integrations. The gate does not import it."""
