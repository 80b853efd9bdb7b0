-- Territories that carry actions, in the order of the list of actions, and how many they carry.
SELECT niveau, code, actions FROM porteurs ORDER BY place
