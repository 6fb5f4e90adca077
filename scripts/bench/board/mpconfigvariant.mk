# nothing to change beyond what board.json passes to make
