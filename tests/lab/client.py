#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What does a device do on one connection?  TCP, a proxy's CONNECT where asked for, TLS by OpenSSL,
data, waiting, and an end by FIN or RST.  Prints one word for what came of it: ok, refused, timeout,
reset, alert..., proxy-STATUS, closed; exits 0 only after ok."""
import argparse
import base64
import select
import socket
import ssl
import struct
import sys
import time


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("addresses", help="ADDRESS, or two with a comma that race each other")
    parser.add_argument("port", type=int)
    parser.add_argument("--source", help="own address")
    parser.add_argument("--name", help="SNI; without it no TLS is spoken")
    parser.add_argument("--alpn", default="", help="comma separated")
    parser.add_argument("--version", choices=["1.2", "1.3", "both"], default="both")
    parser.add_argument("--ca", help="PEM of the trusted roots (none: anything is trusted)")
    parser.add_argument("--ciphers")
    parser.add_argument("--certificate", help="own, PEM with key")
    parser.add_argument("--big-hello", action="store_true",
                        help="a ClientHello of two segments, as with a post-quantum key share")
    parser.add_argument("--proxy", help="ADDRESS:PORT; CONNECT goes to --target")
    parser.add_argument("--target", help="HOST:PORT of the CONNECT (default --name:port)")
    parser.add_argument("--agent", default="Set-up/1.0 CFNetwork/897.15 Darwin/17.5.0")
    parser.add_argument("--authenticate", choices=["none", "basic", "negotiate"], default="none",
                        help="what follows a 407")
    parser.add_argument("--user", default="ipad:secret")
    parser.add_argument("--send", default="", help="text after the handshake (\\r\\n understood)")
    parser.add_argument("--bytes", type=int, default=0, help="that many bytes more")
    parser.add_argument("--times", type=int, default=1, help="send and await the answer that often")
    parser.add_argument("--every", type=float, default=0, help="seconds between the times")
    parser.add_argument("--hold", type=float, default=0, help="seconds to stay open in the end")
    parser.add_argument("--timeout", type=float, default=8, help="of each step")
    parser.add_argument("--expect", type=int, default=1, help="bytes of answer awaited each time (0: none)")
    parser.add_argument("--end", choices=["fin", "rst", "notify"], default="notify")
    parser.add_argument("--leave", choices=["", "connected", "hello", "handshake"], default="",
                        help="leave by --end right after this stage")
    return parser.parse_args()


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def open_socket(address, port, source, timeout):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    if source and (":" in source) == (family == socket.AF_INET6):
        connection.bind((source, 0))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.settimeout(timeout)
    return connection


def race(addresses, port, options):
    """RFC 8305: the second starts 250 ms after the first; the first that opens wins.  Returns it
    and the others, still opening."""
    running = []
    waiting = list(addresses)
    deadline = time.monotonic() + options.timeout
    while time.monotonic() < deadline:
        if waiting:
            address = waiting.pop(0)
            connection = open_socket(address, port, options.source, options.timeout)
            connection.setblocking(False)
            connection.connect_ex((address, port))
            running.append(connection)
        _, opened, _ = select.select([], running, [], 0.25 if waiting else 0.05)
        for connection in opened:
            if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                return connection, [other for other in running if other is not connection]
            running.remove(connection)
            connection.close()
        if not running and not waiting:
            raise ConnectionRefusedError()
    raise TimeoutError()


def close_losers(losers, options):
    for loser in losers:
        _, opened, _ = select.select([], [loser], [], 0.3)
        if opened and options.end == "rst":
            reset(loser)
        else:
            loser.close()


def connect(options):
    addresses = options.addresses.split(",")
    if options.proxy:
        addresses = [options.proxy.rsplit(":", 1)[0]]
    port = int(options.proxy.rsplit(":", 1)[1]) if options.proxy else options.port
    if len(addresses) == 1:
        connection = open_socket(addresses[0], port, options.source, options.timeout)
        connection.connect((addresses[0], port))
        return connection
    connection, losers = race(addresses, port, options)
    close_losers(losers, options)
    connection.settimeout(options.timeout)
    return connection


def proxy_request(connection, options, authorization):
    """Returns the status and whether the proxy keeps the connection for the next try."""
    target = options.target or "%s:%d" % (options.name, options.port)
    lines = ["CONNECT %s HTTP/1.1" % target, "Host: " + target, "User-Agent: " + options.agent,
             "Connection: keep-alive", "Proxy-Connection: keep-alive"]
    if authorization:
        lines.insert(2, "Proxy-Authorization: " + authorization)
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    head = b""
    while b"\r\n\r\n" not in head:
        more = connection.recv(4096)
        if not more:
            raise ConnectionError("closed")
        head += more
    head, body = head.split(b"\r\n\r\n", 1)
    status = int(head.split()[1])
    lower = head.lower()
    if status == 200 or b"connection: close" in lower or b"content-length:" not in lower:
        return status, False
    length = int(lower.split(b"content-length:")[1].split()[0])
    while len(body) < length:
        more = connection.recv(4096)
        if not more:
            return status, False
        body += more
    return status, b"connection: keep-alive" in lower


def open_tunnel(options):
    authorizations = {"none": [None],
                      "basic": [None, "Basic " + base64.b64encode(options.user.encode()).decode()],
                      "negotiate": [None, "Negotiate " + base64.b64encode(b"`\x82lab" * 40).decode()]}
    status = 0
    connection = None
    for authorization in authorizations[options.authenticate]:
        connection = connection or connect(options)
        status, kept = proxy_request(connection, options, authorization)
        if status == 200:
            return connection
        if not kept:
            connection.close()
            connection = None
    raise ConnectionError("proxy-%d" % status)


def secure(connection, options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if options.ca:
        context.load_verify_locations(options.ca)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    protocols = options.alpn.split(",") if options.alpn else []
    if options.big_hello:
        protocols = protocols or ["http/1.1"]
        protocols += ["filler-%d-%s" % (i, "x" * 240) for i in range(6)]
    if protocols:
        context.set_alpn_protocols(protocols)
    if options.version == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    elif options.version == "1.3":
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    if options.ciphers:
        context.set_ciphers(options.ciphers)
    if options.certificate:
        context.load_cert_chain(options.certificate)
    return context.wrap_socket(connection, server_hostname=options.name,
                               do_handshake_on_connect=options.leave != "hello")


def begin_handshake(connection, options):
    """As far as the server's first flight, which is left unread."""
    connection.settimeout(0)
    try:
        connection.do_handshake()
    except ssl.SSLWantReadError:
        select.select([connection], [], [], options.timeout)
    time.sleep(options.hold)


def converse(connection, options):
    text = options.send.replace("\\r", "\r").replace("\\n", "\n").encode() + b"x" * options.bytes
    for turn in range(options.times):
        if turn:
            time.sleep(options.every)
        if text:
            connection.sendall(text)
        received = 0
        while text and received < options.expect:
            data = connection.recv(16384)
            if not data:
                raise ConnectionError("closed")
            received += len(data)
    if options.hold:
        connection.settimeout(options.hold)
        try:
            while connection.recv(16384):
                pass
            raise ConnectionError("closed")
        except TimeoutError:
            pass


def finish(connection, options):
    if options.end == "rst":
        reset(connection)
        return
    if options.end == "notify" and isinstance(connection, ssl.SSLSocket):
        connection.settimeout(1)
        try:
            connection = connection.unwrap()
        except (OSError, ValueError):
            pass
    connection.close()


def play(options):
    connection = open_tunnel(options) if options.proxy else connect(options)
    if options.leave == "connected":
        time.sleep(options.hold)
        return finish(connection, options)
    if options.name:
        connection = secure(connection, options)
    if options.leave == "hello":
        begin_handshake(connection, options)
        return finish(connection, options)
    if options.leave == "handshake":
        time.sleep(options.hold)
        return finish(connection, options)
    converse(connection, options)
    return finish(connection, options)


def outcome(options):
    try:
        play(options)
    except ssl.SSLCertVerificationError as error:
        return "alert certificate refused: " + error.verify_message
    except ssl.SSLError as error:
        return "alert " + (error.reason or str(error))
    except TimeoutError:
        return "timeout"
    except ConnectionRefusedError:
        return "refused"
    except ConnectionResetError:
        return "reset"
    except OSError as error:
        return str(error)
    return "ok"


result = outcome(arguments())
print(result)
sys.exit(0 if result == "ok" else 1)
