module focal-loss-example

go 1.23

require github.com/focal-loss-service/focal-loss-service/clients/go v0.0.0

replace github.com/focal-loss-service/focal-loss-service/clients/go => ../../clients/go
