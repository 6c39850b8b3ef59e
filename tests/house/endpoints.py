"""The addresses that templates may name, as the application has them."""

ENDPOINTS = {
    "reset.start": "/",
    "reset.account": "/account",
    "reset.again": "/again",
    "reset.unlock_only": "/unlock",
    "reset.password": "/password",
    "reset.done": "/done",
    "reset.stay": "/stay",
    "reset.privacy": "/privacy",
    "reset.cookies": "/cookies",
    "reset.accessibility": "/was",
    "activation.enter": "/code",
    "saml.login": "/login",
    "saml.logout": "/logout",
}
