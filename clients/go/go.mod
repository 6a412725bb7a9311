module focal-loss-service/clients/go

go 1.23
