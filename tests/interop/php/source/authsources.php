<?php
// One person with name and password, whose attributes go by the names that they travel by.
$given = json_decode(file_get_contents(__DIR__ . '/given.json'), true);

$config = [
    'people' => ['exampleauth:UserPass', 'somebody:password' => $given['attributes']],
    'failing' => ['exampleauth:StaticSource'] + $given['attributes'],    // for logins that fail before anybody is asked
];
