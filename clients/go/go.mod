module github.com/focal-loss-service/focal-loss-service/clients/go

go 1.23
