# what every board of the port freezes: the start-up that mounts its file system
freeze("modules", opt=3)
