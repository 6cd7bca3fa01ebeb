module example.test/go_nethttp

go 1.26
