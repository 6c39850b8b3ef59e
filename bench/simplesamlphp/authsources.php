<?php
// The same demands as ours: the assertion signed and encrypted.
$config = [
    'bench' => [
        'saml:SP',
        'privatekey' => 'encryption.key',
        'certificate' => 'encryption.crt',
        'assertion.encryption' => true,
        'WantAssertionsSigned' => true,
    ],
];
