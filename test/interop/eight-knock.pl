#!/usr/bin/perl
# docs/protocol.md once more, in another language and with other libraries (libcrypt-blowfish-perl, Digest::SHA).
# Reads one request a line:  SECRET_HEX SERVER_ID_HEX UNIX_SECONDS ADDRESS|source PORT TIME NONCE BASE_PORT
# writes for each:           WINDOW WINDOW_KEY_HEX BLOCK_HEX CIPHER_HEX PORT,PORT,…
# With the argument "blocks" it reads KEY_HEX BLOCK_HEX and writes CIPHER_HEX DECRYPTED_AGAIN_HEX.
use strict;
use warnings;
use Crypt::Blowfish;
use Digest::SHA qw(hmac_sha256);
use Socket qw(AF_INET AF_INET6 inet_pton);

# RFC 5869, for the one output block of 32 bytes that is needed. hmac_sha256 takes the key last.
sub window_key {
    my ($secret, $server_id, $window) = @_;
    my $extracted = hmac_sha256($secret, $server_id);
    return hmac_sha256('eightknock v1' . pack('Q>', $window) . "\x01", $extracted);
}

sub address_field {
    my ($address, $key) = @_;
    return "\0" x 4 if $address eq 'source';
    return inet_pton(AF_INET, $address) if $address !~ /:/;
    return substr(hmac_sha256('eightknock v1 address' . inet_pton(AF_INET6, $address), $key), 0, 4);
}

sub knock {
    my ($secret, $server_id, $seconds, $address, $port, $time, $nonce, $base_port) = @_;
    my $window = int($seconds / 30);
    my $key = window_key(pack('H*', $secret), pack('H*', $server_id), $window);
    my $digits = unpack('H*', address_field($address, $key) . pack('nC', $port, $time)) . sprintf('%x', $nonce);
    my $sum = 0;
    $sum += hex for split //, $digits;
    my $block = pack('H*', $digits . sprintf('%x', $sum % 16));
    my $cipher = Crypt::Blowfish->new($key)->encrypt($block);
    my $ports = join ',', map { $base_port + $_ } unpack('C*', $cipher);
    return join ' ', $window, unpack('H*', $key), unpack('H*', $block), unpack('H*', $cipher), $ports;
}

sub block {
    my ($key, $block) = @_;
    my $blowfish = Crypt::Blowfish->new(pack('H*', $key));
    my $cipher = $blowfish->encrypt(pack('H*', $block));
    return unpack('H*', $cipher) . ' ' . unpack('H*', $blowfish->decrypt($cipher));
}

my $answer = @ARGV && $ARGV[0] eq 'blocks' ? \&block : \&knock;
while (my $line = <STDIN>) {
    print $answer->(split ' ', $line), "\n";
}
