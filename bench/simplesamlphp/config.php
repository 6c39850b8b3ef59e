<?php
// SimpleSAMLphp as a service provider, with nothing on that costs time and is not needed.
$config = [
    'baseurlpath' => getenv('BENCH_URL') . '/',
    'certdir' => __DIR__ . '/',
    'loggingdir' => __DIR__ . '/',
    'datadir' => __DIR__ . '/',
    'tempdir' => __DIR__ . '/tmp',
    'metadatadir' => __DIR__ . '/',
    'attributenamemapdir' => '/etc/simplesamlphp/attributemap/',
    'secretsalt' => 'worth nothing outside this run',
    'timezone' => 'UTC',
    'logging.level' => SimpleSAML\Logger::ERR,
    'logging.handler' => 'file',
    'store.type' => 'phpsession',
    'session.cookie.secure' => false,
    'metadata.sources' => [['type' => 'xml', 'file' => __DIR__ . '/hub.xml']],
];
