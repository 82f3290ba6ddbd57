#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What if a box ends TCP on the way, and passes TLS on without a certificate of its own?

relay_tls.py PORT [strip]

A relay for router_redirects: connections to PORT are made again to where they were going, and bytes go
both ways as they come.  With strip, the extension of the first record that offers TLS 1.3
(supported_versions, RFC 8446 section 4.2.1) is given another number: the server then sees an offer of
TLS 1.2, as some inspection and debugging proxies pass it on.
"""
import asyncio
import socket
import struct
import sys

SO_ORIGINAL_DST = 80  # linux/netfilter_ipv4.h
SUPPORTED_VERSIONS = 43
UNKNOWN = 0xFE0A  # assigned to nothing


def find_extensions(hello):
    """Where the extensions of a ClientHello in one record begin; past the end if there are none."""
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]
    at += 2 + struct.unpack_from("!H", hello, at)[0]
    return at + 1 + hello[at] + 2


def strip_versions(data):
    hello = bytearray(data)
    if len(hello) < 6 or hello[0] != 22 or hello[5] != 1:
        return data
    at = find_extensions(hello)
    while at + 4 <= len(hello):
        kind, length = struct.unpack_from("!HH", hello, at)
        if kind == SUPPORTED_VERSIONS:
            struct.pack_into("!H", hello, at, UNKNOWN)
        at += 4 + length
    return bytes(hello)


async def pass_on(reader, writer, change=None):
    try:
        while data := await reader.read(65536):
            writer.write(change(data) if change else data)
            change = None
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


async def relay(reader, writer, change):
    goal = writer.get_extra_info("socket").getsockopt(socket.SOL_IP, SO_ORIGINAL_DST, 16)
    port, address = struct.unpack("!2xH4s8x", goal)
    try:
        from_server, to_server = await asyncio.open_connection(socket.inet_ntoa(address), port)
    except OSError:
        writer.close()
        return
    await asyncio.gather(pass_on(reader, to_server, change), pass_on(from_server, writer))
    for side in (writer, to_server):
        side.close()


async def main():
    change = strip_versions if sys.argv[2:] == ["strip"] else None
    server = await asyncio.start_server(
        lambda reader, writer: relay(reader, writer, change), "0.0.0.0", int(sys.argv[1]))
    async with server:
        await server.serve_forever()


asyncio.run(main())
