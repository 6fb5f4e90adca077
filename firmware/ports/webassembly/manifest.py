# what the runtime from npm lacks beside other ports
freeze("modules", opt=3)
