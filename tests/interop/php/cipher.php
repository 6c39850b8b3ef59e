<?php
// Debian's SimpleSAMLphp 1.19 encrypts with AES-128-CBC and has no setting for it, though its library knows the others.
// This file is read before each request: it loads the class with that one word changed, by PHP, in memory.
require_once '/usr/share/simplesamlphp/lib/_autoload.php';

(function () {
    $cipher = json_decode(file_get_contents(getenv('SIMPLESAMLPHP_CONFIG_DIR') . '/given.json'), true)['cipher'] ?? '';
    if ($cipher === '') {
        return;
    }
    $source = file_get_contents('/usr/share/simplesamlphp/vendor/simplesamlphp/saml2/src/SAML2/EncryptedAssertion.php');
    $changed = str_replace('new XMLSecurityKey(XMLSecurityKey::AES128_CBC)', "new XMLSecurityKey('$cipher')", $source, $times);
    if ($times !== 1) {
        throw new Exception('EncryptedAssertion.php is not as expected');
    }
    eval(substr($changed, strlen('<?php')));
})();
