"""Services to claim lines: units, modifiers, payer profiles, and the check of a claim that came with the note."""
