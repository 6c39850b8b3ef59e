<?php
// The hub logs nobody in itself: it asks an identity provider, the one that our Scoping names.
$config = [
    'federation' => [
        'saml:SP',
        'privatekey' => 'idp.key',
        'certificate' => 'idp.crt',
        'sign.authnrequest' => true,
        'sign.logout' => true,
    ],
];
