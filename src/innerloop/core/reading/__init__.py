"""How each kind of tool says where something is: one reader a module, fed line by line."""
