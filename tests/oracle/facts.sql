-- SPDX-License-Identifier: Apache-2.0
-- What does applepath say of a capture?  Facts as fields.awk writes them.
.mode tabs
CREATE TEMP VIEW fact AS
SELECT 'tcp-syns' AS kind, client_address || ':' || client_port || '>' || server_address || ':' || server_port AS place,
       sum(syns) AS value FROM flow WHERE transport = 'tcp' GROUP BY 2 HAVING sum(syns) > 0
UNION ALL
SELECT CASE kind WHEN 'syn' THEN 'tcp-syn' ELSE 'tcp-syn-ack' END, packet,
       CASE kind WHEN 'syn' THEN client_address || ':' || client_port || '>' || server_address || ':' || server_port
       ELSE server_address || ':' || server_port || '>' || client_address || ':' || client_port END
  FROM flow_events JOIN flow ON flow.id = flow_events.flow WHERE kind IN ('syn', 'syn-ack')
UNION ALL SELECT 'tcp-reset', packet, sender_address FROM event WHERE kind = 'reset'
UNION ALL SELECT 'tls-name', client_hello_packet, lower(server_name) FROM tls
UNION ALL SELECT 'tls-offers', client_hello_packet, client_alpn FROM tls
UNION ALL SELECT 'tls-highest', client_hello_packet, printf('0x%04x', client_version) FROM tls WHERE client_version > 0
UNION ALL SELECT 'tls-ja3', client_hello_packet, ja3 FROM tls
UNION ALL SELECT 'tls-ja4', client_hello_packet, ja4 FROM tls
UNION ALL SELECT 'tls-version', server_hello_packet, printf('0x%04x', server_version) FROM tls WHERE server_version > 0
UNION ALL SELECT 'tls-cipher', server_hello_packet, printf('0x%04x', cipher) FROM tls WHERE server_version > 0
UNION ALL SELECT 'tls-chosen', server_hello_packet, server_alpn FROM tls
UNION ALL SELECT 'tls-ja3s', server_hello_packet, ja3s FROM tls
UNION ALL
SELECT 'tls-serials', certificate_packet, (
    WITH RECURSIVE part(position, sha256) AS (
        SELECT 0, substr(chain, 1, 64)
        UNION ALL SELECT position + 1, substr(chain, (position + 1) * 65 + 1, 64) FROM part
         WHERE length(chain) > (position + 1) * 65)
    SELECT group_concat(serial, ',') FROM (
        SELECT ltrim(lower((SELECT serial FROM certificate WHERE certificate.sha256 = part.sha256)), '0') AS serial
          FROM part ORDER BY position))
  FROM tls WHERE chain IS NOT NULL
UNION ALL SELECT 'dns-query', query_packet, name || ' ' || type FROM dns WHERE query_packet > 0 AND coalesce(earlier, 0) = 0
UNION ALL SELECT 'dns-answer', answer_packet, name || ' ' || type FROM dns WHERE answered
UNION ALL SELECT 'dns-rcode', answer_packet, rcode FROM dns WHERE answered
UNION ALL SELECT 'dns-types', answer_packet, (SELECT group_concat(json_extract(value, '$[2]'), ',')
    FROM json_each(records) WHERE json_extract(value, '$[2]') != 41) FROM dns WHERE answered
UNION ALL SELECT 'dns-edns', answer_packet, 'yes' FROM dns WHERE answered AND answer_edns
UNION ALL SELECT 'dns-cnames', answer_packet, (SELECT group_concat(lower(json_extract(value, '$[4]')), ',')
    FROM json_each(records) WHERE json_extract(value, '$[2]') = 5) FROM dns WHERE answered
UNION ALL SELECT 'dns-ipv4', answer_packet, (SELECT group_concat(json_extract(value, '$[4]'), ',')
    FROM json_each(records) WHERE json_extract(value, '$[2]') = 1) FROM dns WHERE answered
UNION ALL SELECT 'dns-ipv6', answer_packet, (SELECT group_concat(json_extract(value, '$[4]'), ',')
    FROM json_each(records) WHERE json_extract(value, '$[2]') = 28) FROM dns WHERE answered
UNION ALL SELECT 'ntp-answer', answer_packet, leap || ' ' || stratum || ' ' || reference FROM ntp WHERE answered
UNION ALL SELECT 'ntp-request', request_packet, version FROM ntp WHERE request_packet > 0
UNION ALL SELECT 'http-request', request_packet, method FROM http WHERE request_packet > 0
UNION ALL SELECT 'http-connect', request_packet, lower(host) || ':' || port FROM http WHERE method = 'CONNECT'
UNION ALL SELECT 'http-host', request_packet, host || CASE WHEN port > 0 THEN ':' || port ELSE '' END
  FROM http WHERE request_packet > 0 AND method != 'CONNECT'
UNION ALL SELECT 'http-status', answer_packet, status FROM http WHERE answered
UNION ALL SELECT DISTINCT 'dhcp-name', '-', client_name FROM lease WHERE told_by = 'dhcpv4';
SELECT kind, place, value FROM fact WHERE value IS NOT NULL AND value != '';
