<?php
// The identity provider behind the hub, which plays NemLog-in.
$given = json_decode(file_get_contents(__DIR__ . '/given.json'), true);

$metadata[$given['entity_id']] = [
    'host' => '__DEFAULT__',
    'privatekey' => 'idp.key',
    'certificate' => 'idp.crt',
    'auth' => $given['failure'] === '' ? 'people' : 'failing',
    'sign.logout' => true,
    'redirect.validate' => true,
    'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri',
    'authproc' => $given['failure'] === '' ? [] : [
        50 => [
            'class' => 'core:PHP',
            'code' => 'throw new \SimpleSAML\Module\saml\Error(\SAML2\Constants::STATUS_RESPONDER, "'
                . $given['failure'] . '");',
        ],
    ],
];
