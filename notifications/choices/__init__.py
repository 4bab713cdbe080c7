"""What somebody wants to be told of by which channel, when they want to be left alone, and what can wait for a digest.

Consents (`accounts/consents`) say by which ways residents may be written to at all; choices say of what.
"""
