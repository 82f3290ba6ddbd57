#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Databases for --geoip as MaxMind, DB-IP and ipinfo lay them out, with a few networks each.
#   perl tests/support/make_mmdb.pl FOLDER
# Needs MaxMind::DB::Writer (Debian: libmaxmind-db-writer-perl).
use strict;
use warnings;
use MaxMind::DB::Writer::Tree;

my $folder = shift or die "usage: make_mmdb.pl FOLDER\n";
my %numbers = map { $_ => 'uint32' } qw(autonomous_system_number geoname_id);
my %maps = map { $_ => 'map' } qw(country registered_country city names traits);

# database NAME, TYPE, VERSION, NETWORK => RECORD...
sub database {
    my ($name, $type, $version, @networks) = @_;
    my $tree = MaxMind::DB::Writer::Tree->new(
        ip_version               => $version,
        record_size              => 24,
        database_type            => $type,
        languages                => ['en'],
        description              => { en => 'made for a test' },
        remove_reserved_networks => 0,
        map_key_type_callback    => sub {
            my ($key) = @_;
            return $numbers{$key} || ($type !~ /^ipinfo/ && $maps{$key}) || 'utf8_string';
        },
    );
    while (my ($network, $record) = splice @networks, 0, 2) {
        $tree->insert_network($network, $record);
    }
    open my $file, '>:raw', "$folder/$name" or die "$folder/$name: $!\n";
    $tree->write_tree($file);
    close $file or die "$folder/$name: $!\n";
}

sub asn {
    my ($number, $name) = @_;
    return { autonomous_system_number => $number, autonomous_system_organization => $name };
}

database('maxmind-asn.mmdb', 'GeoLite2-ASN', 6,
    '17.0.0.0/8'     => asn(714, 'APPLE-ENGINEERING'),
    '2620:149::/32'  => asn(714, 'APPLE-ENGINEERING'),
    '203.0.113.0/24' => asn(64500, 'Example Cable'),
    '198.51.100.0/24' => asn(20940, 'Akamai International B.V.'));
database('maxmind-city.mmdb', 'GeoLite2-City', 6,
    '17.0.0.0/9' => {
        city    => { names => { en => 'Cupertino', de => 'Anderswo' }, geoname_id => 5341145 },
        country => { iso_code => 'US', names => { en => 'United States' } } },
    '203.0.113.0/25' => {
        city               => { names => { en => "M\x{fc}nchen " . "\x{fc}" x 60 } },
        registered_country => { iso_code => 'DE' } });
database('dbip-country.mmdb', 'DBIP-Country-Lite', 4,
    '17.0.0.0/8'     => { country => { iso_code => 'US' } },
    '203.0.113.0/24' => { country => { iso_code => 'AT' } });
database('ipinfo-lite.mmdb', 'ipinfo ipinfo_lite.mmdb', 6,
    '17.0.0.0/8' => {
        asn     => 'AS714', as_name => 'Apple Inc.', as_domain => 'apple.com',
        country => 'United States', country_code => 'US' },
    '203.0.113.0/24' => {
        asn => 'AS64501x', as_name => 'No Number', country => 'Nowhere at all', country_code => 'xx' });
database('ipinfo-location.mmdb', 'ipinfo standard_location.mmdb', 6,
    '17.0.0.0/8' => { city => 'Cupertino', region => 'California', country => 'US' });
