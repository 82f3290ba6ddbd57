#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What does somebody on the way say before the resolver can?

forge_dns.py NAME nxdomain|RECORD...   RECORD: cname=NAME or a=ADDRESS, in the order of a chain

Watches all packets that come to this namespace; answers each A query over UDP for NAME (nxdomain: of
any type) in the resolver's name, and lets the query go on.
"""
import socket
import struct
import sys

DNS_PORT = 53
OUTGOING = 4  # PACKET_OUTGOING: the same packet as it leaves


def pack_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def read_question(payload):
    labels, at = [], 12
    while payload[at]:
        labels.append(payload[at + 1:at + 1 + payload[at]].decode("ascii", "replace").lower())
        at += payload[at] + 1
    return ".".join(labels), struct.unpack("!H", payload[at + 1:at + 3])[0], payload[12:at + 5]


def records_of(name, words):
    records, owner = [], name
    for word in words:
        kind, value = word.split("=", 1)
        data = pack_name(value) if kind == "cname" else socket.inet_aton(value)
        number = 5 if kind == "cname" else 1
        records.append(pack_name(owner) + struct.pack("!HHIH", number, 1, 60, len(data)) + data)
        owner = value if kind == "cname" else owner
    return records


def answer(payload, name, words):
    asked, kind, question = read_question(payload)
    if asked != name or (words != ["nxdomain"] and kind != 1):
        return None
    records = [] if words == ["nxdomain"] else records_of(name, words)
    flags = 0x8180 if records else 0x8183
    head = payload[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0)
    return head + question + b"".join(records)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def send(sender, source, target, ports, content):
    length = 8 + len(content)
    pseudo = source + target + struct.pack("!BBH", 0, 17, length)
    udp = struct.pack("!HHHH", ports[0], ports[1], length, 0)
    udp = udp[:6] + struct.pack("!H", checksum(pseudo + udp + content) or 0xFFFF)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0x4242, 0, 64, 17, 0)
    sender.sendto(head + source + target + udp + content, (socket.inet_ntoa(target), 0))


def main():
    name, words = sys.argv[1], sys.argv[2:]
    watcher = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    print("ready", flush=True)
    while True:
        packet, (_, _, direction, *_) = watcher.recvfrom(65535)
        size = (packet[0] & 15) * 4
        if direction == OUTGOING or packet[9] != 17 or len(packet) < size + 25:
            continue
        ports = struct.unpack("!HH", packet[size:size + 4])
        if ports[1] != DNS_PORT:
            continue
        content = answer(packet[size + 8:], name, words)
        if content is not None:
            send(sender, packet[16:20], packet[12:16], (ports[1], ports[0]), content)


main()
