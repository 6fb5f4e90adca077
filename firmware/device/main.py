# What a board runs at boot.
if __name__ == "__main__":
    import launcher

    launcher.boot()
