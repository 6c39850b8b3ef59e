"""The SAML service provider. `service_provider.ServiceProvider` is what the rest of the house uses.

What arrives is judged by our own gate, in this process: no child program, no temporary file, no outside reference
followed. pysaml2 only builds and signs what we send and never sees a message from outside.
"""
