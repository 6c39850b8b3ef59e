<?php
// The hub as service providers see it. What it signs and how it answers is given by each test.
$given = json_decode(file_get_contents(__DIR__ . '/given.json'), true);

$metadata[$given['url'] . '/hub'] = $given['answers'] + [
    'host' => '__DEFAULT__',
    'privatekey' => 'idp.key',
    'certificate' => 'idp.crt',
    'auth' => 'federation',
    'sign.logout' => true,
    'redirect.validate' => true,
    'validate.authnrequest' => true,
    'validate.logout' => true,
    'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri',
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
];
