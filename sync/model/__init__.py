"""The words of the design as frozen, slotted values. No input or output lives here."""
