-- A database of schema 1, for tests/unit/test_upgrades.c; by tests/unit/keep_version.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE run (
  -- One reading of captures by `applepath read`, or one `applepath watch`.
  id INTEGER PRIMARY KEY,
  tool_version TEXT,
  -- Every *_time is nanoseconds since 1970-01-01T00:00:00Z; the views show text.
  begun_time INTEGER,
  finished INTEGER NOT NULL DEFAULT 0, -- 0: under way, or stopped before its end
  -- The highest numbers it used, so that a later run's do not meet them.
  highest_source INTEGER NOT NULL DEFAULT 0,
  highest_flow INTEGER NOT NULL DEFAULT 0,
  highest_dns INTEGER NOT NULL DEFAULT 0
);
INSERT INTO run VALUES(1,'0.1.0',1800000000000000000,1,1,16,11);
CREATE TABLE begun (
  -- A capture that a run which has not come to its end is reading, or was.
  run INTEGER NOT NULL, -- run.id
  name TEXT,
  beginning TEXT -- what source.content begins with: SHA-256 of its first MiB
);
CREATE TABLE source (
  -- One capture file or interface.
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL, -- run.id
  name TEXT, path TEXT,
  content TEXT, -- the same for every copy: SHA-256 of its first MiB, ':', its packets
  link_type TEXT, interfaces TEXT, comment TEXT,
  packets INTEGER, bytes INTEGER,
  first_time INTEGER, last_time INTEGER,
  -- What the capture itself lacks.
  undecoded_packets INTEGER, truncated_packets INTEGER, duplicate_packets INTEGER,
  -- Of the duplicates: in another VLAN, from across a router, from across a NAT.
  duplicates_tagged INTEGER, duplicates_routed INTEGER, duplicates_translated INTEGER,
  dropped_packets INTEGER, -- NULL: not known
  cut_short INTEGER, -- the file ends in the middle of a packet
  evidence_folder TEXT -- of an interface: where `applepath watch -w` keeps packets
);
INSERT INTO source VALUES(1,1,'courier-squashed.pcap','/captures/courier-squashed.pcap','f9a590247025ee37444f38576777c7ff727183f7e93fee2b4ef1c0afa0a7fb35:92','EN10MB',NULL,NULL,92,21477,1795291321097492000,1795291338639636000,0,0,0,0,0,0,NULL,0,NULL);
CREATE TABLE minute (
  -- What `applepath watch` got from one interface in one minute, and what was lost.
  source INTEGER, -- source.id
  minute_time INTEGER, -- its beginning
  packets INTEGER, bytes INTEGER,
  dropped INTEGER, -- by kernel and network card, as they say
  UNIQUE (source, minute_time)
);
CREATE TABLE removed (
  -- What this database had, and has no more since `applepath watch` keeps it small.
  id INTEGER PRIMARY KEY CHECK (id = 1),
  before_time INTEGER, -- older facts may be gone
  flows INTEGER, dns INTEGER -- how many of them went
);
CREATE TABLE host (
  -- A device that opened connections or asked a resolver.
  run INTEGER NOT NULL, -- run.id
  address TEXT NOT NULL, mac TEXT,
  first_time INTEGER, last_time INTEGER,
  packets_sent INTEGER, packets_received INTEGER,
  -- Its TCP connections that have nothing to do with Apple, to compare with.
  other_tcp_opened INTEGER, other_tcp_answered INTEGER,
  other_tcp_silent INTEGER, other_tcp_refused INTEGER,
  -- Connections of which the capture has one direction only.
  one_sided_sent INTEGER, one_sided_received INTEGER,
  first_received_time INTEGER, last_received_time INTEGER,
  unread_errors INTEGER, -- ICMP errors to it that the capture cut
  missing_segments INTEGER, -- acknowledged, and not in the capture
  -- Those other connections by time, a character for each span (nanoseconds) from the
  -- start on: + answered, - not, * some, . none tried.
  other_start INTEGER, other_span INTEGER, other_times TEXT,
  PRIMARY KEY (run, address)
) WITHOUT ROWID;
INSERT INTO host VALUES(1,'10.20.0.20','a4:83:e7:00:00:01',1795291321097544000,1795291338639636000,49,37,0,0,0,0,0,0,1795291321097541000,1795291338639597000,0,0,NULL,0,NULL);
CREATE TABLE resolver (
  -- All that one device asked one DNS resolver.
  run INTEGER NOT NULL, -- run.id
  client_address TEXT NOT NULL, resolver_address TEXT NOT NULL,
  queries INTEGER,
  apple_queries INTEGER, -- of them, for names of the catalogue
  answered INTEGER, retransmitted INTEGER,
  first_time INTEGER, last_time INTEGER, last_answer_time INTEGER,
  source INTEGER, first_packet INTEGER,
  -- Its answers by response code.
  no_errors INTEGER, name_errors INTEGER, server_failures INTEGER, refusals INTEGER,
  other_errors INTEGER,
  fastest_answer INTEGER, -- nanoseconds
  ttl_lowest INTEGER, ttl_highest INTEGER, -- of the answers' IP headers
  PRIMARY KEY (run, client_address, resolver_address)
) WITHOUT ROWID;
INSERT INTO resolver VALUES(1,'10.20.0.20','10.20.0.2',11,11,11,0,1795291321097544000,1795291338610461000,1795291338610954000,1,3,11,0,0,0,0,120000,64,64);
CREATE TABLE layer (
  -- A kind of layer that may hide IP packets, and that is not read.
  run INTEGER NOT NULL, -- run.id
  name TEXT NOT NULL, packets INTEGER,
  first_time INTEGER, source INTEGER, first_packet INTEGER,
  PRIMARY KEY (run, name)
) WITHOUT ROWID;
CREATE TABLE totals (
  -- What a run saw altogether.
  run INTEGER PRIMARY KEY, -- run.id
  packets INTEGER, flows INTEGER, apple_flows INTEGER,
  midstream_flows INTEGER, evicted_flows INTEGER,
  two_sided_tcp INTEGER, client_only_tcp INTEGER, server_only_tcp INTEGER,
  fragments_dropped INTEGER, stream_gaps INTEGER,
  unread_packets INTEGER, -- not IP, or IP in a layer that is not read
  -- Different ones beyond the limit of a run; of hosts, their packets and flows.
  certificates_dropped INTEGER, hosts_dropped INTEGER,
  -- Counted only, beyond the limits: flows and questions that came to nothing,
  -- TCP streams with unread bytes, facts for a database in memory, DHCP exchanges,
  -- messages of clients with resolvers, packets that answered a SYN, and requests
  -- of HTTP like those before them.
  flows_untold INTEGER, questions_untold INTEGER,
  streams_dropped INTEGER, facts_dropped INTEGER,
  leases_untold INTEGER, resolvers_dropped INTEGER,
  answers_untold INTEGER, requests_untold INTEGER,
  data_segments INTEGER, -- TCP, with data, SYN or FIN
  -- Acknowledged, and not in the capture; times and packet are the acknowledgments'.
  missing_segments INTEGER, missing_flows INTEGER,
  missing_first_time INTEGER, missing_last_time INTEGER,
  source INTEGER, missing_packet INTEGER,
  overtaken_segments INTEGER, -- shown after their acknowledgment
  merged_segments INTEGER, -- larger than their receiver takes
  unfinished_checksums INTEGER, -- left to the sender's network card
  -- The capturing clock jumped: how often, by how many nanoseconds at most.
  clock_jumps INTEGER, clock_jump INTEGER,
  clock_jump_packet INTEGER, clock_jump_packet_source INTEGER,
  one_sided_first_time INTEGER, one_sided_last_time INTEGER
);
INSERT INTO totals VALUES(1,92,16,5,0,0,2,0,0,0,0,4,0,0,0,0,0,0,0,0,0,0,46,0,0,0,0,NULL,NULL,0,0,0,0,0,NULL,NULL,0,0);
CREATE TABLE flow (
  -- One TCP connection or UDP conversation.
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL, -- run.id
  client_address TEXT, client_port INTEGER,
  server_address TEXT, server_port INTEGER,
  transport TEXT, -- 'tcp', 'udp', ... or a number
  vlan INTEGER,
  process TEXT, -- whose socket it was on the capturing machine (Apple's packet tap)
  server_name TEXT,   -- what the client named in clear
  resolved_name TEXT, -- what it had asked a resolver for to get the address
  protocol TEXT,
  -- Through a proxy: the port that CONNECT named, and the proxy's last answer.
  tunnel_port INTEGER, tunnel_status INTEGER,
  first_time INTEGER, last_time INTEGER,
  -- Packets are numbered as in Wireshark, within the capture source.id.  A
  -- *_packet_source is NULL where that packet is of the same source.
  source INTEGER, first_packet INTEGER,
  last_packet INTEGER, last_packet_source INTEGER,
  client_packets INTEGER, server_packets INTEGER,
  client_bytes INTEGER, server_bytes INTEGER, -- payload, without retransmissions
  client_last_time INTEGER, server_last_time INTEGER,
  client_retransmissions INTEGER, server_retransmissions INTEGER,
  client_ttl INTEGER, server_ttl INTEGER, -- of each side's first packet
  -- What each side's packets look like, RSTs left out: who looks another way is
  -- somebody else.  The identification is 'zero', 'constant', 'counting' or
  -- 'scattered', NULL where it cannot be told.
  client_ttl_lowest INTEGER, client_ttl_highest INTEGER, client_identification TEXT,
  client_dscp INTEGER, client_syn_window INTEGER, client_syn_options TEXT,
  server_ttl_lowest INTEGER, server_ttl_highest INTEGER, server_identification TEXT,
  server_dscp INTEGER, server_syn_window INTEGER, server_syn_options TEXT,
  name_privacy TEXT, -- it carries names out of sight: 'dot', 'doh', 'doq', 'relay'
  -- 'silent', 'refused', 'rejected', 'answered', 'closed', 'reset', 'unknown'
  outcome TEXT,
  midstream INTEGER, -- the capture has not its beginning
  history TEXT,      -- letters as in Zeek's conn.log
  syns INTEGER, first_syn_time INTEGER, last_syn_time INTEGER, syn_ack_time INTEGER,
  begins_with_syn INTEGER, -- the first packet is the client's SYN
  syn_ack_packet INTEGER, syn_ack_packet_source INTEGER, -- the server's first, if it is one
  -- The TCP reset that ended it; reset_by is whose address it bore.
  reset_by TEXT,    -- 'client', 'server', 'other'
  -- 'syn', 'opened', 'after-client-hello', 'handshake', 'established', 'closing'
  reset_stage TEXT,
  reset_time INTEGER, reset_packet INTEGER, reset_packet_source INTEGER,
  reset_ttl INTEGER, reset_identification INTEGER, reset_window INTEGER,
  resets INTEGER,            -- in the name of the same side
  reset_foreign_mac INTEGER, -- another station sent it than the rest
  reset_gap INTEGER,         -- nanoseconds after the packet before it
  reset_offset INTEGER,      -- bytes from the sequence number that was due
  server_after_reset INTEGER, -- the server sent more: the reset was not its own
  -- The ICMP error that answered it.
  icmp_type INTEGER, icmp_code INTEGER, icmp_sender TEXT, icmp_ttl INTEGER,
  icmp_time INTEGER, icmp_packet INTEGER, icmp_packet_source INTEGER,
  -- The smallest packet size that a 'too big' message named.
  path_mtu INTEGER, path_mtu_sender TEXT,
  path_mtu_packet INTEGER, path_mtu_packet_source INTEGER, path_mtu_time INTEGER,
  -- Segments that the other side acknowledged, and the capture lacks.
  client_missing INTEGER, server_missing INTEGER, missing_time INTEGER,
  missing_packet INTEGER, missing_packet_source INTEGER
);
INSERT INTO flow VALUES(2,1,'10.20.0.20',56606,'17.253.14.251',123,'udp',NULL,NULL,NULL,'time-ios.apple.com','ntp',NULL,NULL,1795291321317761000,1795291321318122000,1,7,8,NULL,1,1,48,48,1795291321317761000,1795291321318122000,0,0,64,54,64,64,NULL,0,NULL,NULL,54,54,NULL,0,NULL,NULL,NULL,'answered',0,'',0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,NULL,NULL);
INSERT INTO flow VALUES(5,1,'10.20.0.20',57398,'17.171.47.86',443,'tcp',NULL,NULL,'albert.apple.com','albert.apple.com','tls',NULL,NULL,1795291321381470000,1795291321383624000,1,13,35,NULL,11,12,490,6607,1795291321383612000,1795291321383624000,0,0,64,54,64,64,'counting',0,64240,'M1460,S,T,N,W10',54,54,'counting',0,65160,'M1460,S,T,N,W10',NULL,'closed',0,'ShADadfF',1,1795291321381470000,1795291321381470000,1795291321381515000,1,14,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,NULL,NULL);
INSERT INTO flow VALUES(10,1,'10.20.0.20',37134,'17.57.145.36',5223,'tcp',NULL,NULL,NULL,'7-courier.push.apple.com',NULL,NULL,NULL,1795291322494557000,1795291329609231000,1,44,54,NULL,7,0,0,0,1795291329609231000,NULL,0,0,64,NULL,64,64,NULL,0,64240,'M1460,S,T,N,W10',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'silent',0,'S',7,1795291322494557000,1795291329609231000,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,NULL,NULL);
INSERT INTO flow VALUES(13,1,'10.20.0.20',34666,'17.57.145.37',5223,'tcp',NULL,NULL,NULL,'31-courier.push.apple.com',NULL,NULL,NULL,1795291330570630000,1795291337705252000,1,59,65,NULL,7,0,0,0,1795291337705252000,NULL,0,0,64,NULL,64,64,NULL,0,64240,'M1460,S,T,N,W10',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'silent',0,'S',7,1795291330570630000,1795291337705252000,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,NULL,NULL);
INSERT INTO flow VALUES(16,1,'10.20.0.20',43884,'17.188.22.70',443,'tcp',NULL,NULL,'gs.apple.com','gs.apple.com','tls',NULL,NULL,1795291338635820000,1795291338639636000,1,70,92,NULL,12,11,482,6591,1795291338639636000,1795291338639597000,0,0,64,54,64,64,'counting',0,64240,'M1460,S,T,N,W10',54,54,'counting',0,65160,'M1460,S,T,N,W10',NULL,'closed',0,'ShADadFf',1,1795291338635820000,1795291338635820000,1795291338635883000,1,71,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,NULL,NULL);
CREATE TABLE event (
  -- One packet of a flow that a verdict may have to show.  What a flow opens with is in
  -- its own row; the view flow_events shows both.
  id INTEGER PRIMARY KEY,
  flow INTEGER, -- flow.id
  kind TEXT,    -- 'syn', 'syn-ack', 'request', 'reset', 'icmp-error', 'tunnel-request', ...
  packet_time INTEGER, source INTEGER, packet INTEGER,
  sent_by TEXT, -- 'client', 'server', 'other'
  sender_address TEXT, ttl INTEGER, ip_identification INTEGER,
  tcp_sequence INTEGER, tcp_acknowledgment INTEGER, tcp_window INTEGER,
  icmp_type INTEGER, icmp_code INTEGER, mtu INTEGER,
  process TEXT -- whose socket it was (Apple's packet tap)
);
INSERT INTO event VALUES(1,10,'syn',1795291323497206000,1,45,'client','10.20.0.20',64,61381,536267978,0,64240,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(2,10,'syn',1795291324521248000,1,46,'client','10.20.0.20',64,61382,536267978,0,64240,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(3,10,'syn',1795291325545219000,1,47,'client','10.20.0.20',64,61383,536267978,0,64240,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(4,10,'syn',1795291326569243000,1,52,'client','10.20.0.20',64,61384,536267978,0,64240,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(5,10,'syn',1795291327593279000,1,53,'client','10.20.0.20',64,61385,536267978,0,64240,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(6,10,'syn',1795291329609231000,1,54,'client','10.20.0.20',64,61386,536267978,0,64240,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(7,13,'syn',1795291331593279000,1,60,'client','10.20.0.20',64,28336,336988706,0,64240,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(8,13,'syn',1795291332617286000,1,61,'client','10.20.0.20',64,28337,336988706,0,64240,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(9,13,'syn',1795291333641220000,1,62,'client','10.20.0.20',64,28338,336988706,0,64240,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(10,13,'syn',1795291334665256000,1,63,'client','10.20.0.20',64,28339,336988706,0,64240,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(11,13,'syn',1795291335689247000,1,64,'client','10.20.0.20',64,28340,336988706,0,64240,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(12,13,'syn',1795291337705252000,1,65,'client','10.20.0.20',64,28341,336988706,0,64240,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(13,2,'request',1795291321317761000,1,7,'client','10.20.0.20',64,65450,0,0,0,NULL,NULL,NULL,NULL);
CREATE TABLE dns (
  -- One DNS transaction: a query, its retransmissions, its answer if any.
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL, -- run.id
  flow INTEGER, -- flow.id, where that is kept
  client_address TEXT, client_port INTEGER,
  resolver_address TEXT, resolver_port INTEGER,
  transport TEXT,
  name TEXT, type INTEGER, -- 1 A, 28 AAAA, 65 HTTPS, ...: the view has the words
  query_time INTEGER, source INTEGER, query_packet INTEGER,
  queries INTEGER, -- retransmissions included
  last_query_time INTEGER, last_query_packet INTEGER, last_query_packet_source INTEGER,
  -- NULL from here on where no answer was seen.
  answered INTEGER,
  answer_time INTEGER, answer_packet INTEGER, answer_packet_source INTEGER,
  answer_ttl INTEGER, -- of the IP header
  rcode INTEGER, authoritative INTEGER, truncated INTEGER, malformed INTEGER,
  recursion_available INTEGER, authenticated INTEGER,
  earlier INTEGER,  -- dns.id: that query had another answer before this one
  retry_of INTEGER, -- dns.id: over TCP, since that answer was truncated
  mixed_case INTEGER, case_kept INTEGER, -- the name's, in query and answer
  query_edns INTEGER, answer_edns INTEGER, udp_size INTEGER,
  extended_error INTEGER, extended_text TEXT, -- RFC 8914
  answer_identification INTEGER, -- of the IP header
  -- The answer's records in their order, as JSON: [["answer" or "authority" or
  -- "additional", owner, type, ttl, data], ...]; the view dns_records has a row for each.
  records TEXT
);
INSERT INTO dns VALUES(1,1,1,'10.20.0.20',53941,'10.20.0.2',53,'udp','time-ios.apple.com',1,1795291321097544000,1,3,1,1795291321097544000,3,NULL,1,1795291321098086000,4,NULL,64,0,0,0,0,1,0,NULL,NULL,0,0,0,0,NULL,NULL,NULL,1656,'[["answer","time-ios.apple.com",5,3600,"time-ios.g.aaplimg.com"],["answer","time-ios.g.aaplimg.com",1,300,"17.253.14.251"]]');
INSERT INTO dns VALUES(2,1,3,'10.20.0.20',50868,'10.20.0.2',53,'udp','albert.apple.com',1,1795291321333972000,1,9,1,1795291321333972000,9,NULL,1,1795291321334360000,10,NULL,64,0,0,0,0,1,0,NULL,NULL,0,0,0,0,NULL,NULL,NULL,1710,'[["answer","albert.apple.com",5,3600,"albert.gcsis-apple.com.akadns.net"],["answer","albert.gcsis-apple.com.akadns.net",1,300,"17.171.47.86"]]');
INSERT INTO dns VALUES(3,1,4,'10.20.0.20',60253,'10.20.0.2',53,'udp','albert.apple.com',28,1795291321359452000,1,11,1,1795291321359452000,11,NULL,1,1795291321359824000,12,NULL,64,0,0,0,0,1,0,NULL,NULL,0,0,0,0,NULL,NULL,NULL,1716,'[["answer","albert.apple.com",5,3600,"albert.gcsis-apple.com.akadns.net"],["authority","akadns.net",6,180,"internal.akadns.net hostmaster.akamai.com 1763712000 90000 90000 90000 180"]]');
INSERT INTO dns VALUES(4,1,6,'10.20.0.20',54545,'10.20.0.2',53,'udp','courier.push.apple.com',1,1795291322391177000,1,36,1,1795291322391177000,36,NULL,1,1795291322391297000,37,NULL,64,0,1,0,0,1,0,NULL,NULL,0,0,0,0,NULL,NULL,NULL,1775,NULL);
INSERT INTO dns VALUES(5,1,7,'10.20.0.20',38609,'10.20.0.2',53,'udp','courier.push.apple.com',28,1795291322416212000,1,38,1,1795291322416212000,38,NULL,1,1795291322416341000,39,NULL,64,0,1,0,0,1,0,NULL,NULL,0,0,0,0,NULL,NULL,NULL,1776,NULL);
INSERT INTO dns VALUES(6,1,8,'10.20.0.20',60121,'10.20.0.2',53,'udp','7-courier.push.apple.com',1,1795291322446195000,1,40,1,1795291322446195000,40,NULL,1,1795291322446759000,41,NULL,64,0,0,0,0,1,0,NULL,NULL,0,0,0,0,NULL,NULL,NULL,1781,'[["answer","7-courier.push.apple.com",5,21600,"7.courier-push-apple.com.akadns.net"],["answer","7.courier-push-apple.com.akadns.net",5,60,"apac-au-courier-4.push-apple.com.akadns.net"],["answer","apac-au-courier-4.push-apple.com.akadns.net",1,60,"17.57.145.37"],["answer","apac-au-courier-4.push-apple.com.akadns.net",1,60,"17.57.145.36"]]');
INSERT INTO dns VALUES(7,1,9,'10.20.0.20',47326,'10.20.0.2',53,'udp','7-courier.push.apple.com',28,1795291322471048000,1,42,1,1795291322471048000,42,NULL,1,1795291322471348000,43,NULL,64,0,0,0,0,1,0,NULL,NULL,0,0,0,0,NULL,NULL,NULL,1786,'[["answer","7-courier.push.apple.com",5,21600,"7.courier-push-apple.com.akadns.net"],["answer","7.courier-push-apple.com.akadns.net",5,60,"apac-au-courier-4.push-apple.com.akadns.net"],["authority","akadns.net",6,179,"internal.akadns.net hostmaster.akamai.com 1763712000 90000 90000 90000 180"]]');
INSERT INTO dns VALUES(8,1,11,'10.20.0.20',42437,'10.20.0.2',53,'udp','31-courier.push.apple.com',1,1795291330517547000,1,55,1,1795291330517547000,55,NULL,1,1795291330518119000,56,NULL,64,0,0,0,0,1,0,NULL,NULL,0,0,0,0,NULL,NULL,NULL,2403,'[["answer","31-courier.push.apple.com",5,21600,"31.courier-push-apple.com.akadns.net"],["answer","31.courier-push-apple.com.akadns.net",5,60,"apac-au-courier-4.push-apple.com.akadns.net"],["answer","apac-au-courier-4.push-apple.com.akadns.net",1,52,"17.57.145.37"],["answer","apac-au-courier-4.push-apple.com.akadns.net",1,52,"17.57.145.36"]]');
INSERT INTO dns VALUES(9,1,12,'10.20.0.20',40043,'10.20.0.2',53,'udp','31-courier.push.apple.com',28,1795291330544605000,1,57,1,1795291330544605000,57,NULL,1,1795291330544799000,58,NULL,64,0,0,0,0,1,0,NULL,NULL,0,0,0,0,NULL,NULL,NULL,2409,'[["answer","31-courier.push.apple.com",5,21600,"31.courier-push-apple.com.akadns.net"],["answer","31.courier-push-apple.com.akadns.net",5,60,"apac-au-courier-4.push-apple.com.akadns.net"],["authority","akadns.net",6,171,"internal.akadns.net hostmaster.akamai.com 1763712000 90000 90000 90000 180"]]');
INSERT INTO dns VALUES(10,1,14,'10.20.0.20',52727,'10.20.0.2',53,'udp','gs.apple.com',1,1795291338583516000,1,66,1,1795291338583516000,66,NULL,1,1795291338584116000,67,NULL,64,0,0,0,0,1,0,NULL,NULL,0,0,0,0,NULL,NULL,NULL,3412,'[["answer","gs.apple.com",5,3600,"gs.apple.com.akadns.net"],["answer","gs.apple.com.akadns.net",1,300,"17.188.22.70"]]');
INSERT INTO dns VALUES(11,1,15,'10.20.0.20',41270,'10.20.0.2',53,'udp','gs.apple.com',28,1795291338610461000,1,68,1,1795291338610461000,68,NULL,1,1795291338610954000,69,NULL,64,0,0,0,0,1,0,NULL,NULL,0,0,0,0,NULL,NULL,NULL,3416,'[["answer","gs.apple.com",5,3600,"gs.apple.com.akadns.net"],["authority","akadns.net",6,163,"internal.akadns.net hostmaster.akamai.com 1763712000 90000 90000 90000 180"]]');
CREATE TABLE tls (
  -- A TLS handshake as far as it is in clear.
  flow INTEGER PRIMARY KEY, -- flow.id
  client_hello_time INTEGER, source INTEGER, client_hello_packet INTEGER,
  server_name TEXT, client_alpn TEXT,
  client_version INTEGER, -- the highest offered; 771 is TLS 1.2, 772 is TLS 1.3
  client_hello_bytes INTEGER,
  client_groups TEXT, client_shares TEXT,
  encrypted_hello INTEGER, -- ECH: the name above is a stand-in
  resumption_offered INTEGER, early_data INTEGER,
  ja3 TEXT, ja4 TEXT,
  retry_time INTEGER, -- HelloRetryRequest
  retry_packet INTEGER, retry_packet_source INTEGER,
  server_hello_time INTEGER,
  server_hello_packet INTEGER, server_hello_packet_source INTEGER,
  server_version INTEGER, cipher INTEGER, server_alpn TEXT,
  server_group INTEGER,
  downgrade INTEGER, -- 1: the server could have done TLS 1.3, 2: TLS 1.2
  ja3s TEXT, resumed INTEGER,
  -- The server's certificates in clear: SHA-256 values, see the table certificate.
  certificate_time INTEGER, certificate_packet INTEGER, certificate_packet_source INTEGER,
  chain TEXT, chain_incomplete INTEGER,
  certificate_requested INTEGER, stapled INTEGER,
  -- An alert in clear.
  alert_from TEXT, alert INTEGER,
  alert_packet INTEGER, alert_packet_source INTEGER, alert_time INTEGER,
  client_data_records INTEGER, server_data_records INTEGER,
  handshake_complete INTEGER,
  -- The client's answer to the server's encrypted flight: what it refuses, shows.
  server_flight_bytes INTEGER, client_reply_length INTEGER, client_reply_time INTEGER,
  client_reply_packet INTEGER, client_reply_packet_source INTEGER,
  client_refused INTEGER,
  closed_by TEXT,
  records TEXT, -- the first encrypted ones: side, length, milliseconds
  quic_version INTEGER, quic_retry INTEGER, quic_versions TEXT, quic_close INTEGER
);
INSERT INTO tls VALUES(5,1795291321381682000,1,16,'albert.apple.com',NULL,772,317,'x25519,secp256r1,x448,secp521r1,secp384r1,ffdhe2048,ffdhe3072,ffdhe4096,ffdhe6144,ffdhe8192','x25519',0,0,0,'a3afc2c46ba4a7d7fbe1cfb7a3031c2f','t13d311000_e8f1e7e78f70_1f22a2ca17c4',NULL,NULL,NULL,1795291321382323000,18,NULL,772,4866,NULL,29,NULL,'15af977ce25de452b96affa2addb1036',0,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,NULL,2,4,1,676,69,1795291321383043000,20,NULL,0,'server','s23+0 s488+0 s96+0 s69+0 c69+1 c59+1 s250+1 s250+1 s5239+1 s19+1 c19+1',NULL,0,NULL,NULL);
INSERT INTO tls VALUES(16,1795291338636116000,1,73,'gs.apple.com',NULL,772,313,'x25519,secp256r1,x448,secp521r1,secp384r1,ffdhe2048,ffdhe3072,ffdhe4096,ffdhe6144,ffdhe8192','x25519',0,0,0,'a3afc2c46ba4a7d7fbe1cfb7a3031c2f','t13d311000_e8f1e7e78f70_1f22a2ca17c4',NULL,NULL,NULL,1795291338637572000,75,NULL,772,4866,NULL,29,NULL,'15af977ce25de452b96affa2addb1036',0,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,NULL,2,4,1,668,69,1795291338638736000,77,NULL,0,'server','s23+1 s480+1 s96+1 s69+1 c69+2 c55+2 s250+2 s250+3 s5231+3 s19+3 c19+3',NULL,0,NULL,NULL);
CREATE TABLE certificate (
  -- A certificate that a server showed in clear; what it says is not verified.
  run INTEGER NOT NULL, -- run.id
  sha256 TEXT NOT NULL,
  subject TEXT, issuer TEXT, serial TEXT,
  not_before INTEGER, not_after INTEGER,
  names TEXT, key TEXT,
  markers TEXT, -- Apple's extensions
  authority INTEGER,
  first_time INTEGER, source INTEGER, first_packet INTEGER,
  der BLOB,
  PRIMARY KEY (run, sha256)
) WITHOUT ROWID;
CREATE TABLE ntp (
  -- One NTP request and its answer if any.
  id INTEGER PRIMARY KEY,
  flow INTEGER, -- flow.id
  client_address TEXT, client_port INTEGER, server_address TEXT, server_port INTEGER,
  request_time INTEGER, source INTEGER, request_packet INTEGER,
  version INTEGER,
  answered INTEGER,
  answer_time INTEGER, answer_packet INTEGER, answer_packet_source INTEGER,
  leap INTEGER, stratum INTEGER,
  reference TEXT, -- four bytes in hexadecimal; '52415445' is the kiss code RATE
  server_receive_time INTEGER, server_transmit_time INTEGER, -- as the server says
  reference_time INTEGER, client_transmit_time INTEGER,
  -- Nanoseconds: the server's clock less the capture's, and the way there and back.
  clock_offset INTEGER, delay INTEGER, root_delay INTEGER, root_dispersion INTEGER,
  nts INTEGER, answer_ttl INTEGER
);
INSERT INTO ntp VALUES(1,2,'10.20.0.20',56606,'17.253.14.251',123,1795291321317761000,1,7,4,1,1795291321318122000,8,NULL,0,1,'7f7f0101',1795291321317774656,1795291321317915584,1795291320049363616,-61817790494538839,-96380,220072,0,0,0,54);
CREATE TABLE http (
  -- One HTTP/1 exchange by its heads.
  id INTEGER PRIMARY KEY,
  flow INTEGER, -- flow.id
  client_address TEXT, client_port INTEGER, server_address TEXT, server_port INTEGER,
  -- 'connect', 'forward', 'captive-probe', 'autoconfig', 'ocsp', 'crl', 'push-bag', 'other'
  purpose TEXT,
  request_time INTEGER, source INTEGER, request_packet INTEGER,
  method TEXT, host TEXT, port INTEGER, path TEXT, user_agent TEXT,
  proxy_credentials INTEGER, -- the device sent some; they are not kept
  answered INTEGER,
  answer_time INTEGER, answer_packet INTEGER, answer_packet_source INTEGER,
  status INTEGER, authenticate TEXT, location TEXT, software TEXT, via TEXT,
  content_type TEXT, content_length INTEGER,
  body TEXT, probe_success INTEGER -- how the answer to a captive probe begins
);
CREATE TABLE apns (
  -- The life of one connection to Apple's push service; durations are nanoseconds.
  flow INTEGER PRIMARY KEY, -- flow.id
  client_address TEXT, client_port INTEGER, server_address TEXT, server_port INTEGER,
  role TEXT,     -- 'device', 'provider'
  known_by TEXT, -- 'alpn', 'name', 'port'
  first_time INTEGER, opened_time INTEGER, last_exchange_time INTEGER,
  exchanges INTEGER, keep_alives INTEGER,
  keep_alive_interval INTEGER, -- the median
  keep_alive_shortest INTEGER, keep_alive_longest INTEGER,
  idle_survived INTEGER, -- the longest quiet after which it still worked
  idle_at_end INTEGER,   -- the quiet before what ended it
  -- 'open', 'never-opened', 'closed-by-client', 'closed-by-server',
  -- 'reset-by-client', 'reset-by-server', 'unanswered'
  ended TEXT, end_time INTEGER, source INTEGER, end_packet INTEGER
);
INSERT INTO apns VALUES(10,'10.20.0.20',37134,'17.57.145.36',5223,'device','name',1795291322494557000,NULL,NULL,0,0,NULL,NULL,NULL,0,NULL,'never-opened',NULL,NULL,NULL);
INSERT INTO apns VALUES(13,'10.20.0.20',34666,'17.57.145.37',5223,'device','name',1795291330570630000,NULL,NULL,0,0,NULL,NULL,NULL,0,NULL,'never-opened',NULL,NULL,NULL);
CREATE TABLE lease (
  -- What a network told a device about itself.
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL, -- run.id
  told_by TEXT, -- 'dhcpv4', 'dhcpv6', 'router'
  mac TEXT, address TEXT, server_address TEXT,
  messages TEXT, client_name TEXT, vendor_class TEXT, requested TEXT,
  routers TEXT, resolvers TEXT, domain TEXT, time_servers TEXT,
  captive_url TEXT, autoconfig_url TEXT, nat64_prefix TEXT, lease_seconds INTEGER,
  first_time INTEGER, source INTEGER, first_packet INTEGER,
  answered INTEGER,
  answer_time INTEGER, answer_packet INTEGER, answer_packet_source INTEGER
);
CREATE TABLE place (
  -- Where a server's address belongs.
  address TEXT PRIMARY KEY,
  network TEXT, asn INTEGER, organisation TEXT, country TEXT, city TEXT,
  told_by TEXT -- a database's file, or 'built-in'
) WITHOUT ROWID;
INSERT INTO place VALUES('17.171.47.86','17.0.0.0/8',714,'Apple Inc.','US',NULL,'built-in');
INSERT INTO place VALUES('17.188.22.70','17.0.0.0/8',714,'Apple Inc.','US',NULL,'built-in');
INSERT INTO place VALUES('17.253.14.251','17.0.0.0/8',714,'Apple Inc.','US',NULL,'built-in');
INSERT INTO place VALUES('17.57.145.36','17.0.0.0/8',714,'Apple Inc.','US',NULL,'built-in');
INSERT INTO place VALUES('17.57.145.37','17.0.0.0/8',714,'Apple Inc.','US',NULL,'built-in');
CREATE VIEW runs AS SELECT id AS run, strftime('%Y-%m-%dT%H:%M:%S', begun_time / 1000000000, 'unixepoch') || printf('.%03dZ', begun_time / 1000000 % 1000) AS begun, tool_version, finished, (SELECT count(*) FROM source WHERE run = run.id) AS captures, (SELECT packets FROM totals WHERE run = run.id) AS packets, (SELECT flows FROM totals WHERE run = run.id) AS flows FROM run;
CREATE VIEW sources AS SELECT id AS source, run, name, link_type, interfaces, packets, bytes, strftime('%Y-%m-%dT%H:%M:%S', first_time / 1000000000, 'unixepoch') || printf('.%03dZ', first_time / 1000000 % 1000) AS first, strftime('%Y-%m-%dT%H:%M:%S', last_time / 1000000000, 'unixepoch') || printf('.%03dZ', last_time / 1000000 % 1000) AS last, undecoded_packets, truncated_packets, duplicate_packets, dropped_packets, cut_short, comment FROM source;
CREATE VIEW minutes AS SELECT strftime('%Y-%m-%dT%H:%M:%S', minute_time / 1000000000, 'unixepoch') || printf('.%03dZ', minute_time / 1000000 % 1000) AS minute, (SELECT name FROM source WHERE id = minute.source) AS capture, packets, bytes, dropped FROM minute;
CREATE VIEW hosts AS SELECT run, address AS device, mac, strftime('%Y-%m-%dT%H:%M:%S', first_time / 1000000000, 'unixepoch') || printf('.%03dZ', first_time / 1000000 % 1000) AS first, strftime('%Y-%m-%dT%H:%M:%S', last_time / 1000000000, 'unixepoch') || printf('.%03dZ', last_time / 1000000 % 1000) AS last, packets_sent, packets_received, other_tcp_opened, other_tcp_answered, other_tcp_silent, other_tcp_refused, one_sided_sent, one_sided_received FROM host;
CREATE VIEW resolvers AS SELECT run, client_address AS device, resolver_address AS resolver, queries, answered, retransmitted, strftime('%Y-%m-%dT%H:%M:%S', first_time / 1000000000, 'unixepoch') || printf('.%03dZ', first_time / 1000000 % 1000) AS first, strftime('%Y-%m-%dT%H:%M:%S', last_time / 1000000000, 'unixepoch') || printf('.%03dZ', last_time / 1000000 % 1000) AS last, strftime('%Y-%m-%dT%H:%M:%S', last_answer_time / 1000000000, 'unixepoch') || printf('.%03dZ', last_answer_time / 1000000 % 1000) AS last_answer FROM resolver;
CREATE VIEW flows AS SELECT id AS flow, run, strftime('%Y-%m-%dT%H:%M:%S', first_time / 1000000000, 'unixepoch') || printf('.%03dZ', first_time / 1000000 % 1000) AS first, round((last_time - first_time) / 1e9, 6) AS seconds, client_address AS device, client_port AS device_port, server_address AS server, server_port AS port, transport, coalesce(server_name, resolved_name) AS name, protocol, outcome, history, client_packets, server_packets, client_bytes, server_bytes, syns, client_ttl, server_ttl, round((syn_ack_time - first_syn_time) / 1e9, 6) AS opened_after, reset_by, reset_stage, strftime('%Y-%m-%dT%H:%M:%S', reset_time / 1000000000, 'unixepoch') || printf('.%03dZ', reset_time / 1000000 % 1000) AS reset_at, reset_ttl, server_after_reset, icmp_sender, icmp_type, icmp_code, strftime('%Y-%m-%dT%H:%M:%S', icmp_time / 1000000000, 'unixepoch') || printf('.%03dZ', icmp_time / 1000000 % 1000) AS icmp_at, midstream, vlan, process, (SELECT name FROM source WHERE id = flow.source) AS capture, first_packet, reset_packet, icmp_packet FROM flow;
CREATE VIEW flow_events AS SELECT event.flow, strftime('%Y-%m-%dT%H:%M:%S', event.packet_time / 1000000000, 'unixepoch') || printf('.%03dZ', event.packet_time / 1000000 % 1000) AS time, event.kind, event.sent_by, event.sender_address AS sender, event.ttl, event.ip_identification, event.tcp_sequence, event.tcp_acknowledgment, event.tcp_window, event.icmp_type, CASE WHEN event.kind = 'icmp-error' THEN coalesce(event.icmp_code, 0) END AS icmp_code, flow.client_address AS device, flow.server_address AS server, flow.server_port AS port, coalesce(flow.server_name, flow.resolved_name) AS name, (SELECT name FROM source WHERE id = event.source) AS capture, event.packet FROM event LEFT JOIN flow ON flow.id = event.flow UNION ALL SELECT id, strftime('%Y-%m-%dT%H:%M:%S', first_syn_time / 1000000000, 'unixepoch') || printf('.%03dZ', first_syn_time / 1000000 % 1000), 'syn', 'client', client_address, client_ttl, NULL, NULL, NULL, client_syn_window, NULL, NULL, client_address, server_address, server_port, coalesce(server_name, resolved_name), (SELECT name FROM source WHERE id = flow.source) AS capture, first_packet FROM flow WHERE begins_with_syn UNION ALL SELECT id, strftime('%Y-%m-%dT%H:%M:%S', syn_ack_time / 1000000000, 'unixepoch') || printf('.%03dZ', syn_ack_time / 1000000 % 1000), 'syn-ack', 'server', server_address, server_ttl, NULL, NULL, NULL, server_syn_window, NULL, NULL, client_address, server_address, server_port, coalesce(server_name, resolved_name), (SELECT name FROM source WHERE id = coalesce(syn_ack_packet_source, flow.source)), syn_ack_packet FROM flow WHERE syn_ack_packet IS NOT NULL;
CREATE VIEW dns_transactions AS SELECT id AS dns, run, strftime('%Y-%m-%dT%H:%M:%S', query_time / 1000000000, 'unixepoch') || printf('.%03dZ', query_time / 1000000 % 1000) AS asked, round((answer_time - query_time) / 1e9, 6) AS seconds, client_address AS device, resolver_address AS resolver, transport, name, CASE type WHEN 1 THEN 'A' WHEN 2 THEN 'NS' WHEN 5 THEN 'CNAME' WHEN 6 THEN 'SOA' WHEN 12 THEN 'PTR' WHEN 15 THEN 'MX' WHEN 16 THEN 'TXT' WHEN 28 THEN 'AAAA' WHEN 33 THEN 'SRV' WHEN 41 THEN 'OPT' WHEN 64 THEN 'SVCB' WHEN 65 THEN 'HTTPS' ELSE 'TYPE' || type END AS type, queries, answered, CASE rcode WHEN 0 THEN 'NOERROR' WHEN 1 THEN 'FORMERR' WHEN 2 THEN 'SERVFAIL' WHEN 3 THEN 'NXDOMAIN' WHEN 4 THEN 'NOTIMP' WHEN 5 THEN 'REFUSED' ELSE rcode END AS rcode, (SELECT group_concat((SELECT value FROM json_each(record.value) WHERE key = 4), ', ') FROM json_each(records) AS record WHERE (SELECT value FROM json_each(record.value) WHERE key = 0) = 'answer') AS answer, authoritative, truncated, malformed, answer_ttl, (SELECT name FROM source WHERE id = dns.source) AS capture, query_packet, answer_packet FROM dns;
CREATE VIEW dns_records AS SELECT dns.id AS dns, strftime('%Y-%m-%dT%H:%M:%S', dns.answer_time / 1000000000, 'unixepoch') || printf('.%03dZ', dns.answer_time / 1000000 % 1000) AS answered, dns.client_address AS device, dns.resolver_address AS resolver, dns.name AS question, record.key + 1 AS position, (SELECT value FROM json_each(record.value) WHERE key = 0) AS section, (SELECT value FROM json_each(record.value) WHERE key = 1) AS owner, CASE (SELECT value FROM json_each(record.value) WHERE key = 2) WHEN 1 THEN 'A' WHEN 2 THEN 'NS' WHEN 5 THEN 'CNAME' WHEN 6 THEN 'SOA' WHEN 12 THEN 'PTR' WHEN 15 THEN 'MX' WHEN 16 THEN 'TXT' WHEN 28 THEN 'AAAA' WHEN 33 THEN 'SRV' WHEN 41 THEN 'OPT' WHEN 64 THEN 'SVCB' WHEN 65 THEN 'HTTPS' ELSE 'TYPE' || (SELECT value FROM json_each(record.value) WHERE key = 2) END AS type, (SELECT value FROM json_each(record.value) WHERE key = 3) AS ttl, (SELECT value FROM json_each(record.value) WHERE key = 4) AS data FROM dns JOIN json_each(dns.records) AS record;
CREATE VIEW tls_handshakes AS SELECT tls.flow, strftime('%Y-%m-%dT%H:%M:%S', tls.client_hello_time / 1000000000, 'unixepoch') || printf('.%03dZ', tls.client_hello_time / 1000000 % 1000) AS client_hello, round((tls.server_hello_time - tls.client_hello_time) / 1e9, 6) AS server_hello_after, flow.client_address AS device, flow.server_address AS server, flow.server_port AS port, tls.server_name, tls.client_alpn, CASE tls.client_version WHEN 768 THEN 'SSL 3.0' WHEN 769 THEN 'TLS 1.0' WHEN 770 THEN 'TLS 1.1' WHEN 771 THEN 'TLS 1.2' WHEN 772 THEN 'TLS 1.3' ELSE tls.client_version END AS client_version, tls.client_hello_bytes, CASE tls.server_version WHEN 768 THEN 'SSL 3.0' WHEN 769 THEN 'TLS 1.0' WHEN 770 THEN 'TLS 1.1' WHEN 771 THEN 'TLS 1.2' WHEN 772 THEN 'TLS 1.3' ELSE tls.server_version END AS server_version, CASE WHEN tls.cipher > 0 THEN printf('0x%04x', tls.cipher) END AS cipher, tls.server_alpn, tls.alert_from, tls.alert, tls.client_data_records, tls.server_data_records, flow.outcome, flow.reset_stage, (SELECT name FROM source WHERE id = tls.source) AS capture, tls.client_hello_packet, tls.server_hello_packet FROM tls LEFT JOIN flow ON flow.id = tls.flow;
CREATE VIEW ntp_exchanges AS SELECT flow, strftime('%Y-%m-%dT%H:%M:%S', request_time / 1000000000, 'unixepoch') || printf('.%03dZ', request_time / 1000000 % 1000) AS asked, round((answer_time - request_time) / 1e9, 6) AS seconds, client_address AS device, server_address AS server, version, answered, stratum, CASE WHEN stratum = 0 THEN CASE reference WHEN '52415445' THEN 'RATE' WHEN '44454e59' THEN 'DENY' WHEN '52535452' THEN 'RSTR' ELSE reference END END AS kiss, round((server_transmit_time - answer_time) / 1e9, 6) AS server_ahead, (SELECT name FROM source WHERE id = ntp.source) AS capture, request_packet, answer_packet FROM ntp;
CREATE VIEW http_exchanges AS SELECT flow, strftime('%Y-%m-%dT%H:%M:%S', request_time / 1000000000, 'unixepoch') || printf('.%03dZ', request_time / 1000000 % 1000) AS asked, round((answer_time - request_time) / 1e9, 6) AS seconds, client_address AS device, server_address AS server, server_port AS port, purpose, method, host, path, user_agent, status, authenticate, location, content_type, body, probe_success, (SELECT name FROM source WHERE id = http.source) AS capture, request_packet, answer_packet FROM http;
CREATE VIEW push_connections AS SELECT apns.flow, strftime('%Y-%m-%dT%H:%M:%S', apns.first_time / 1000000000, 'unixepoch') || printf('.%03dZ', apns.first_time / 1000000 % 1000) AS first, apns.client_address AS device, apns.role, apns.server_address AS server, apns.server_port AS port, coalesce(flow.server_name, flow.resolved_name) AS name, apns.known_by, strftime('%Y-%m-%dT%H:%M:%S', apns.opened_time / 1000000000, 'unixepoch') || printf('.%03dZ', apns.opened_time / 1000000 % 1000) AS opened, apns.exchanges, apns.keep_alives, apns.keep_alive_interval / 1e9 AS keep_alive_seconds, apns.idle_survived / 1e9 AS idle_survived_seconds, apns.ended, strftime('%Y-%m-%dT%H:%M:%S', apns.end_time / 1000000000, 'unixepoch') || printf('.%03dZ', apns.end_time / 1000000 % 1000) AS ended_at, apns.idle_at_end / 1e9 AS idle_at_end_seconds, (SELECT name FROM source WHERE id = apns.source) AS capture, apns.end_packet FROM apns LEFT JOIN flow ON flow.id = apns.flow;
CREATE VIEW push_by_device AS SELECT device, sum(port = 5223) AS on_5223, sum(port = 5223 AND opened IS NOT NULL) AS opened_on_5223, sum(port = 443) AS on_443, sum(port = 443 AND opened IS NOT NULL) AS opened_on_443, min(CASE WHEN port = 443 THEN first END) AS first_on_443, (SELECT count(*) FROM dns WHERE client_address = device AND type = 16 AND name IN ('push.apple.com', 'sandbox.push.apple.com')) AS txt_queries, max(opened) AS last_opened FROM push_connections WHERE role = 'device' GROUP BY device;
CREATE VIEW leases AS SELECT strftime('%Y-%m-%dT%H:%M:%S', first_time / 1000000000, 'unixepoch') || printf('.%03dZ', first_time / 1000000 % 1000) AS first, told_by, mac, address AS device, client_name, server_address AS server, messages, resolvers, routers, captive_url, autoconfig_url, (SELECT name FROM source WHERE id = lease.source) AS capture, first_packet FROM lease;
CREATE VIEW certificates AS SELECT sha256, subject, issuer, names, key, strftime('%Y-%m-%dT%H:%M:%S', not_before / 1000000000, 'unixepoch') || printf('.%03dZ', not_before / 1000000 % 1000) AS not_before, strftime('%Y-%m-%dT%H:%M:%S', not_after / 1000000000, 'unixepoch') || printf('.%03dZ', not_after / 1000000 % 1000) AS not_after, markers, (SELECT count(*) FROM tls WHERE instr(tls.chain, sha256) > 0) AS handshakes, (SELECT name FROM source WHERE id = certificate.source) AS capture, first_packet FROM certificate;
CREATE INDEX flow_by_time ON flow (first_time);
CREATE INDEX event_by_flow ON event (flow, packet_time);
CREATE INDEX dns_by_time ON dns (coalesce(query_time, answer_time));
CREATE INDEX dns_asked_for ON dns (coalesce(query_time, answer_time)) WHERE type = 16 OR lower(substr(name, 1, 4)) IN ('mask', 'wpad');
CREATE INDEX flow_reset ON flow (first_time) WHERE outcome = 'reset';
CREATE INDEX flow_tunnelled ON flow (first_time) WHERE tunnel_port IS NOT NULL;
CREATE INDEX flow_hiding_names ON flow (first_time) WHERE name_privacy IS NOT NULL;
CREATE INDEX tls_without_data ON tls (flow) WHERE coalesce(client_data_records, 0) + coalesce(server_data_records, 0) = 0;
CREATE INDEX tls_with_chain ON tls (flow) WHERE chain IS NOT NULL;
CREATE INDEX http_by_time ON http (coalesce(request_time, answer_time));
CREATE INDEX http_autoconfig ON http (coalesce(request_time, answer_time)) WHERE purpose = 'autoconfig';
CREATE INDEX ntp_by_time ON ntp (coalesce(request_time, answer_time));
CREATE INDEX lease_by_time ON lease (first_time);
CREATE INDEX minute_by_time ON minute (minute_time);
COMMIT;
PRAGMA application_id = 1095782476;
PRAGMA user_version = 1;
