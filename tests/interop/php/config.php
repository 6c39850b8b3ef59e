<?php
// SimpleSAMLphp's own settings, the same for both: the hub and the identity provider behind it.
$given = json_decode(file_get_contents(__DIR__ . '/given.json'), true);

$config = [
    'baseurlpath' => $given['url'] . '/',
    'certdir' => __DIR__ . '/',
    'loggingdir' => __DIR__ . '/',
    'datadir' => __DIR__ . '/',
    'tempdir' => __DIR__ . '/tmp',
    'metadatadir' => __DIR__ . '/',
    'attributenamemapdir' => '/etc/simplesamlphp/attributemap/',
    'secretsalt' => $given['salt'],
    'timezone' => 'UTC',
    'logging.level' => SimpleSAML\Logger::INFO,
    'logging.handler' => 'file',
    'logging.logfile' => 'simplesamlphp.log',
    'enable.saml20-idp' => true,
    'module.enable' => ['core' => true, 'saml' => true, 'exampleauth' => true],
    'store.type' => 'phpsession',
    'session.phpsession.cookiename' => $given['name'] . 'Session',    // cookies know no ports
    'session.authtoken.cookiename' => $given['name'] . 'Token',
    'session.cookie.secure' => false,
    'session.cookie.samesite' => null,
    'metadata.sources' => array_merge(
        [['type' => 'flatfile']],
        array_map(function ($file) { return ['type' => 'xml', 'file' => $file]; }, $given['partners'])
    ),
];
