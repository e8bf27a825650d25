-- How far the sink has come: every record below the position is in the tables.
SELECT topic, partition, position FROM sink_positions FINAL
